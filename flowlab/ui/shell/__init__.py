"""The window around the rooms: menus, sessions, time bar, dialogs."""

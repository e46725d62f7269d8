"""The window around the rooms: menus, sessions, time, dialogs."""

"""The reflected room: particles between walls."""

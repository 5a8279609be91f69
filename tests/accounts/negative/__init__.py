"""The attacks that tokens must stand, by number, over real HTTP and with the statements counted."""

"""What is looked at in a browser: the public notice board, and in demo mode the phone simulator."""

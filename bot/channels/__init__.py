"""One file per channel: each turns the outside's bytes into a `Message` and a notice's words into a delivery."""

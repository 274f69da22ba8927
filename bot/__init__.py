"""How people talk with the fund: channels, understanding, the one turn, words, pages."""

"""The books: proof, backups, statements, funds, and the years of a society."""

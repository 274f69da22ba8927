"""The channels against strict fakes of their other sides."""

"""Schema changes, oldest first; each is written once and never edited again."""

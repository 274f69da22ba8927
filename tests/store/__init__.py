"""What the database itself refuses, keeps and lets others read meanwhile."""

"""What people upload: files that are read as text and numbers; nothing in them is executed."""

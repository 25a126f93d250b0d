"""The course: files that look like those of a real office, made the same every time, and the folder that is handed out."""

"""The ground floor: errors, files and seeds. Imports nothing of ours."""

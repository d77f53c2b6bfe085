"""Uploaded and generated pictures, documents and videos: validation, re-encoding and storage."""

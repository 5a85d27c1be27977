"""Read returns cell by cell, check them against the form and each other, and note the issues."""

"""Returns as they arrive: read cell by cell, held against form and each other, answered."""

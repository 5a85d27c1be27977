"""Returns as they arrive: read cell by cell, held against the form and against each other, answered."""

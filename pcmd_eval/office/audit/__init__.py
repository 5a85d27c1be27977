"""The evaluation as a workbook of formulas."""

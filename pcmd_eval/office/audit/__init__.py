"""The findings, steps and cells of an evaluation as a workbook with links."""

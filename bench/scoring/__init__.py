"""How readings are held against labels: sets, readers, scores, tables, pages of failures."""

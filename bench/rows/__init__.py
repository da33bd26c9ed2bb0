"""One script a row of the table of figures. Each prints its lines with the goal beside them."""

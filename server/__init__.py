"""The product: rules, doors, truth, and the one place where all is joined."""

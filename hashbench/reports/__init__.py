"""Tables, curves and pages drawn from records."""

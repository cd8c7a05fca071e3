"""What Buzón is measured beside, as people write it today."""

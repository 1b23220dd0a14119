"""What the programme's rules decide. Pure: no await, clock, random or I/O in here."""

"""Time: hours and times of use, business days and holidays, and the calendar language."""

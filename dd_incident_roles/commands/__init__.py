"""What a user can ask for, one file each: the shell that joins the pure core to the edges."""

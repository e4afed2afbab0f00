// libfuse3 is used in CFuse.c alone; this module gives it its flags.

@rem cmd.exe has no exec, with which the scripts of package.json begin. So the launcher says what Windows lacks.
@%*

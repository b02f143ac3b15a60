"""The workbench of Guildhall: what `make` calls to run, load, test, package and deploy the program.

Each module does one thing; `__main__` names the commands. Nothing here is part of what is deployed.
"""

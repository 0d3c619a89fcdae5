"""The program that measures, in a fresh process of the user's interpreter.

That interpreter need not know bindcheck or what it depends on: the modules in here import the
standard library, NumPy and each other, and nothing else of bindcheck.
"""

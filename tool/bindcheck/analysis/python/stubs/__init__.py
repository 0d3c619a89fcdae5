"""The stubs of a package beside the extension: which there are, what they say, what is wrong.

`surfaces` finds the stubs that speak of the extension, `lookup` what a name means in one, `match`
walks all names, `classes` the members of a class; `signature` and `types` compare one function.
"""

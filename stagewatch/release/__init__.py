"""A release: archives of what a build gives, with checksums, manifest, bill of materials and notes.

Made from the files of the repository and the versions of the packages at work, never from the clock or the network.
"""

"""What students see of their own work before handing in, without the lab's solutions.

Everything here works from a description (``selbsttest.json``) that holds nothing but what the
released notebooks say anyway, so nothing here can tell more than that.
"""

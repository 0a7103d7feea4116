"""What this book changes in the theme's script, pydata-sphinx-theme.js.

Each change names what is known of it upstream, so that it can go once a release brings it.
"""

# On load, the theme asks each block of code and each output whether it scrolls, to make it a tab stop if so
# (https://github.com/pydata/pydata-sphinx-theme/pull/1777). What is folded is not laid out until somebody asks, so
# the browser lays out the folded cells one by one, while nothing else can be done. Leave them alone until they are
# opened. (Nothing of this was found upstream.)
SCROLLS = "e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1"
TAB_STOPS = (
    f"forEach(e=>{{e.tabIndex={SCROLLS}}})}},t=_(e,300);",
    f'forEach(e=>{{e.closest("details:not([open])")||(e.tabIndex={SCROLLS})}})}},t=_(e,300);'
    'document.addEventListener("toggle",e,!0);',
)
CHANGES = {"pydata-sphinx-theme.js": [TAB_STOPS]}


def changed(name, code):
    """The code of a script of the theme, with the changes made, if they have not been made before.

    Raises
    ------
    ValueError
        If the script does not hold what is to be changed, as after an update of the theme.
    """
    for old, new in CHANGES.get(name, []):
        if new in code:
            continue
        if code.count(old) != 1:
            raise ValueError(f"{name} must hold {old!r} once, but does {code.count(old)} times: see theme_patches.py")
        code = code.replace(old, new)
    return code

"""The Content-Security-Policy that every page of the book works under.

A server had best send `HEADER`; where none can be set (GitHub Pages sets none), the same rules come with each page, in
its `meta` element. The header says two things more that a `meta` element may not say.

- Scripts, fonts and data come from the site alone, and no script stands in a page or in an attribute.
- Styles may stand in pages: KaTeX places each part of a formula by a ``style`` attribute, a figure's marks and fonts
  are set so too, and each figure brings the colours that a dark theme turns in a ``<style>`` of its own, as they
  differ from figure to figure. A style can load nothing from elsewhere, as `img-src` and `font-src` hold there too.
- ``data:`` images are the icons of the stylesheet, and the pictures inside figures.
- ``file:`` is for pages that are read from a disk, where some browsers know no "self"; a page that came over the
  network can load no file.
"""

RULES = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
FROM_DISK = {"script-src", "style-src", "img-src", "font-src", "form-action"}

HEADER = "; ".join([*(f"{name} {value}" for name, value in RULES.items()), "frame-ancestors 'none'"])
META = "; ".join(f"{name} {value}{' file:' if name in FROM_DISK else ''}" for name, value in RULES.items())

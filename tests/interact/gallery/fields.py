"""Fields: images, meshes, contours and arrows."""

import numpy as np

from .kinds import COARSE, GX, GY, axes, hills, kind, noise


@kind
def image(t):
    figure, ax = axes()
    ax.imshow(hills(t), extent=(-2, 2, -2, 2), origin="lower", cmap="magma", vmin=-1, vmax=1)
    return figure


@kind
def smooth_image(t):
    figure, ax = axes()
    ax.imshow(hills(t), interpolation="bicubic", alpha=0.5 + t / 2)
    return figure


@kind
def mesh(t):
    figure, ax = axes()
    drawn = ax.pcolormesh(GX, GY, hills(t), vmin=-1, vmax=1)
    figure.colorbar(drawn)
    return figure


@kind
def smooth_mesh(t):
    figure, ax = axes()
    ax.pcolormesh(GX, GY, hills(t), shading="gouraud")
    return figure


@kind
def contours(t):
    figure, ax = axes()
    ax.contour(GX, GY, hills(t), levels=np.linspace(-1, 1, 11))
    return figure


@kind
def labelled_contours(t):
    figure, ax = axes()
    ax.clabel(ax.contour(GX, GY, hills(t), levels=np.linspace(-1, 1, 6)))
    return figure


@kind
def filled_contours(t):
    figure, ax = axes()
    drawn = ax.contourf(GX, GY, hills(t), levels=np.linspace(-1.5, 1.5, 16))
    figure.colorbar(drawn)
    return figure


@kind
def triangles(t):
    figure, ax = axes()
    x, y = noise(60), noise(60, 1)
    ax.tripcolor(x, y, np.sin(x + 3 * t) * y, vmin=-2, vmax=2)
    ax.triplot(x, y, linewidth=0.5)
    return figure


@kind
def arrows(t):
    figure, ax = axes()
    x, y = GX[::3, ::3], GY[::3, ::3]
    drawn = ax.quiver(x, y, -y + t, x * (1 - t), np.hypot(x, y))
    ax.quiverkey(drawn, 0.9, 1.03, 1, "1", labelpos="E")
    return figure


@kind
def barbs(t):
    figure, ax = axes()
    ax.barbs(GX[::6, ::6], GY[::6, ::6], 40 * t + 10 * GX[::6, ::6], 20 * GY[::6, ::6])
    return figure


@kind
def streams(t):
    figure, ax = axes()
    ax.streamplot(COARSE, COARSE, -GY + t, GX * (1 - t) - GY / 2, density=0.8)
    return figure


@kind
def spectrum(t):
    figure, ax = axes()
    ax.specgram(np.sin(np.arange(4000) * (0.3 + t) ** 2 / 2) + noise(4000) / 5, NFFT=128, noverlap=64)
    return figure

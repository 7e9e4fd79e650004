"""The production shape, run on one machine without a Docker engine.

    make production

`image` builds the image from the `Dockerfile`; `compose` reads `docker-compose.yml`, from which
`containers` take images, commands, settings and confinement; `servers` has what stands in for the
images that cannot be had here; `shape` puts all of it together behind nginx with TLS; `drill` has
orders played on it while every process is killed, and while workers and API are replaced.
"""

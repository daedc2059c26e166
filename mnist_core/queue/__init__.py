"""Where runs wait for their turn and are trained: Dask."""

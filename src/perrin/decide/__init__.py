"""FBM or not: is there one H along a track? The band test of Szarek et al. and a calibrated test."""

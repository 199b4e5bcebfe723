"""The zoo: nets that are trained the Keras way and export themselves."""

"""How the course draws its photographs: chance, surfaces, light, backgrounds and a
camera.

Everything is NumPy and Pillow.  A picture is made in four steps:

1. `surfaces` bends sheets (petals, leaves, wings, shells) into shape in three
  dimensions,
2. `rendering` projects them, decides what hides what, and lights every visible pixel,
3. `backgrounds` paints what lies behind,
4. `camera` puts the two together and develops the photograph: white balance, blur,
  noise.

`chance.Chance` supplies the random numbers, the same ones on every machine.
"""

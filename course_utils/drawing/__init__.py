"""Everything the course draws as data, with NumPy and Pillow alone.

`engine` draws: chance, surfaces, light, backgrounds and a camera.  `flowers`,
`garments` and `curiosities` are what it draws, class by class; `garden` puts flowers
into photographs and scenes.  Nothing here knows of files, data sets or TensorFlow.
"""

"""What a reader does with a mouse."""


def centre(node):
    """The middle of a node, on the screen."""
    box = node.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, node, across, down, steps=4):
    """Take a node at its centre, and let it go so many pixels further across and down. Returns where it was taken."""
    x, y = centre(node)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=steps)
    page.mouse.up()
    return x, y

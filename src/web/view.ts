/** Width and height in pixels of the screen. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How a picture lies in its panel: `zoom` 1 fits it in; `x`, `y` move its centre off the panel's. */
export interface View {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export const FITTED: View = { zoom: 1, x: 0, y: 0 };

/** Screen pixels a picture pixel may grow to. */
const MAX_PIXEL = 12;

/** Size at which the whole picture fits the panel. */
export function fittedSize(picture: Size, panel: Size): Size {
  const scale = Math.min(panel.width / picture.width, panel.height / picture.height) || 0;
  return { width: picture.width * scale, height: picture.height * scale };
}

/** Zooms by `factor` and keeps the point `x`, `y` (from the panel's centre) where it is. */
export function zoomed(view: View, factor: number, picture: Size, panel: Size, x = 0, y = 0): View {
  const fitted = fittedSize(picture, panel);
  const largest = Math.max(1, (picture.width * MAX_PIXEL) / (fitted.width || 1));
  const zoom = Math.min(largest, Math.max(1, view.zoom * factor));
  const ratio = zoom / view.zoom;
  return kept({ zoom, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio }, fitted, panel);
}

export const moved = (view: View, dx: number, dy: number, picture: Size, panel: Size): View =>
  kept({ ...view, x: view.x + dx, y: view.y + dy }, fittedSize(picture, panel), panel);

/** Keeps the picture over the panel: it moves no further than its own edge. */
function kept({ zoom, x, y }: View, fitted: Size, panel: Size): View {
  const reach = (length: number, room: number) => Math.max(0, (length * zoom - room) / 2);
  const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value)) || 0;
  return {
    zoom,
    x: clamp(x, reach(fitted.width, panel.width)),
    y: clamp(y, reach(fitted.height, panel.height)),
  };
}

/**
 * The course of the retinal nerve fibres: they leave the disc, those of the temporal retina arch around the macula and
 * meet at the raphe. Modelled as the flow from a source at the disc to sinks along the raphe, which gives the arcuate
 * course in closed form (compare Jansonius et al., Vision Research 2009, Fig. 3).
 */
const SINKS = [-500, -1700, -3100, -4700, -6500];
/** Share of the fibres that end at the raphe, the rest comes from beyond the picture. */
const SHARE = 0.62;

/** Direction of the fibres at a place of the eye's frame, radians. */
export function fibreDirection(x: number, y: number, discX: number): number {
  const away = Math.max(1, (x - discX) ** 2 + y * y);
  let u = (x - discX) / away;
  let v = y / away;
  for (const sink of SINKS) {
    const near = Math.max(1, (x - sink) ** 2 + y * y) * (SINKS.length / SHARE);
    u -= (x - sink) / near;
    v -= y / near;
  }
  return Math.atan2(v, u);
}

/**
 * Which fibre passes here, 0 = leaves the disc towards the nose, 1 = temporally along the axis: constant along a fibre.
 * The halves above and below the axis have the same courses.
 */
export function fibreCourse(x: number, y: number, discX: number): number {
  const height = Math.abs(y) + 1e-6;
  let stream = Math.atan2(height, x - discX);
  for (const sink of SINKS) stream -= (SHARE / SINKS.length) * Math.atan2(height, x - sink);
  return stream / Math.PI;
}

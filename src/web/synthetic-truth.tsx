import type { OctTruth, Phantom } from '../synth/index.ts';
import classes from './synthetic-page.module.css';

/** "cottonWoolSpot" → "cotton wool spot". */
export const words = (kind: string) => kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What a perfect reader would find. */
export function SyntheticTruth({ phantom }: { readonly phantom: Phantom }) {
  const { truth } = phantom;
  return (
    <section className={classes.truth} aria-label="Truth">
      <h3>What is in it</h3>
      {truth.reasons.map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      {'sectors' in truth && <ThicknessChart truth={truth} />}
      <table>
        <tbody>
          {rowsOf(phantom).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const NOT_FOUND = new Set(['retina', 'choroid']);

function rowsOf({ modality, truth }: Phantom): [string, string][] {
  const age: [string, string] = ['Age', `${Math.round(truth.age)} years`];
  if (modality === 'oct') {
    const { layerThickness, areas, octClass, offset, choroidMicrometres } = truth;
    return [
      age,
      ['Class', octClass],
      ['Scan below the fovea', `${Math.round(offset)} µm`],
      ...Object.entries(layerThickness).map(([layer, thickness]): [string, string] => [
        layer === 'photoreceptors' ? layer : layer.toUpperCase(),
        `${thickness.toFixed(1)} µm`,
      ]),
      ['Choroid below the fovea', `${Math.round(choroidMicrometres)} µm`],
      ...Object.entries(areas)
        .filter(([kind]) => !(kind in layerThickness) && !NOT_FOUND.has(kind))
        .map(([kind, area]): [string, string] => [words(kind), `${area.toFixed(3)} mm²`]),
    ];
  }
  return [
    age,
    ['Cup to disc', truth.cupToDisc.toFixed(2)],
    ['Disc to fovea', `${(truth.discToFoveaMicrometres / 1000).toFixed(2)} mm`],
    ['Arteries to veins', truth.avr.toFixed(2)],
    ...(modality === 'fa'
      ? ([
          ['Avascular zone', `${truth.avascularZoneArea.toFixed(2)} mm²`],
          ['Closed capillaries', `${truth.nonPerfusionArea.toFixed(1)} mm²`],
          ['Leakage', `${truth.leakageArea.toFixed(1)} mm²`],
        ] satisfies [string, string][])
      : []),
    ...Object.entries(truth.counts).map(([kind, count]): [string, string] => [words(kind), String(count)]),
  ];
}

/** Thickness by ETDRS sector, as scanners print it: superior above, nasal on the side of the disc. */
function ThicknessChart({ truth: { sectors, eye } }: { readonly truth: OctTruth }) {
  const nasal = eye === 'OD' ? 1 : -1;
  const places = [
    ['centre', 0, 0],
    ['innerSuperior', 0, -33],
    ['innerNasal', 33 * nasal, 0],
    ['innerInferior', 0, 33],
    ['innerTemporal', -33 * nasal, 0],
    ['outerSuperior', 0, -75],
    ['outerNasal', 75 * nasal, 0],
    ['outerInferior', 0, 75],
    ['outerTemporal', -75 * nasal, 0],
  ] as const;
  const label = places.map(([sector]) => `${words(sector)} ${Math.round(sectors[sector])}`).join(', ');
  return (
    <figure className={classes.thickness}>
      <svg
        className={classes.chart}
        viewBox="-101 -101 202 202"
        role="img"
        aria-label={`Retinal thickness in µm: ${label}`}
      >
        {[100, 50, 17].map((radius) => (
          <circle key={radius} r={radius} />
        ))}
        {[45, 135, 225, 315].map((angle) => (
          <line key={angle} x1={17} x2={100} transform={`rotate(${angle})`} />
        ))}
        {places.map(([sector, x, y]) => (
          <text key={sector} x={x} y={y}>
            {Math.round(sectors[sector])}
          </text>
        ))}
      </svg>
      <figcaption>
        Thickness, µm: 1, 3 and 6 mm about the fovea; nasal is {nasal > 0 ? 'right' : 'left'}
      </figcaption>
    </figure>
  );
}

// The map of the network: what the page's list and tables tell, drawn. The places are
// counted by the server; here they are only shown. Without WebGL, or when the file
// does not come, the list is all there is, and nothing is missed.
import Graph from 'graphology';
import Sigma from 'sigma';
import { EdgeLineProgram } from 'sigma/rendering';

type File = {
  nodes: [label: string, x: number, y: number, size: number, community: number, sector: number, place: number, path: string][];
  ties: [a: number, b: number, strength: number, since: number, last: number][];
  sectors: string[];
  places: string[];
};

const colours = ['#b3541e', '#2f6f73', '#7a4b9c', '#8a6d00', '#3b6fb0', '#a33b5e', '#4c7a34', '#6b5b4b', '#00818a', '#9a5a00'];
const plain = '#77706a';
const faint = '#b9aea2';
const many = 4000; // ties: above that they are drawn thin, and neither they nor the names while the map moves

const frame = document.querySelector<HTMLElement>('[data-network]');
if (frame) void draw(frame).catch(() => { frame.hidden = true; });

async function draw(frame: HTMLElement): Promise<void> {
  if (!document.createElement('canvas').getContext('webgl2')) return;
  const answer = await fetch(frame.dataset.network!);
  if (!answer.ok) return;
  const file = (await answer.json()) as File;
  if (!file.nodes.length) return;
  frame.hidden = false;
  const ink = getComputedStyle(frame).color;

  const graph = new Graph({ type: 'undirected', multi: false });
  file.nodes.forEach(([label, x, y, size], i) => graph.addNode(i, { label, x, y, size: 2 + Math.min(16, Math.sqrt(size) * 1.6), color: plain }));
  file.ties.forEach(([a, b, strength, since, last]) => graph.addEdge(a, b, { size: 0.7 + strength * 2, color: faint, since, last }));

  const by = document.querySelector<HTMLSelectElement>('[data-network-by]');
  const year = document.querySelector<HTMLInputElement>('[data-network-year]');
  const said = document.querySelector<HTMLElement>('[data-network-said]');
  const paint = () => {
    const column = by?.value === 'sector' ? 5 : by?.value === 'place' ? 6 : 4;
    graph.updateEachNodeAttributes((node, at) => {
      const group = file.nodes[Number(node)]![column] as number;
      at.color = group < 0 ? plain : colours[group % colours.length];
      return at;
    }, { attributes: ['color'] });
  };
  const pass = () => {
    // The last step of the slider is all years, the one before it the last year there is.
    const all = !year || year.value === year.max;
    const until = all ? 0 : Number(year.value);
    graph.updateEachEdgeAttributes((_, at) => {
      at.hidden = until > 0 && at.since > 0 && (at.since > until || at.last < until);
      return at;
    }, { attributes: ['hidden'] });
    if (!year) return;
    const word = all ? year.dataset.networkAll! : until === Number(year.max) - 1 ? year.dataset.networkYear! : year.value;
    year.setAttribute('aria-valuetext', word);
    if (said) said.textContent = word;
  };
  paint();
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const map = new Sigma(graph, frame, {
    labelRenderedSizeThreshold: 9, labelColor: { color: ink }, labelFont: getComputedStyle(frame).fontFamily,
    ...(file.ties.length > many ? { edgeProgramClasses: { line: EdgeLineProgram }, hideEdgesOnMove: true, hideLabelsOnMove: true } : {}),
    ...(still ? { zoomDuration: 1, doubleClickZoomingDuration: 1, inertiaDuration: 1 } : {}),
  } as never);
  by?.addEventListener('change', paint);
  year?.addEventListener('input', pass);
  map.on('clickNode', ({ node }: { node: string }) => {
    const path = file.nodes[Number(node)]?.[7];
    if (path) location.assign(path);
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-network-do]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const camera = map.getCamera();
      const how = still ? { duration: 1 } : {}; // a millisecond is no movement
      if (button.dataset.networkDo === 'in') void camera.animatedZoom(how);
      else if (button.dataset.networkDo === 'out') void camera.animatedUnzoom(how);
      else void camera.animatedReset(how);
    });
  }
  for (const tool of document.querySelectorAll<HTMLElement>('[data-network-tools]')) tool.hidden = false;
}

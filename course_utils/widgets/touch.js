// The pointer over an explorer's picture, for all explorers (an anywidget module).
//
// Python says in `places` what can be touched: [name, x, y, width, height, cursor,
// hover], in pixels of the picture as it is made; the last one lies on top.  This module
// says where the pointer is.  It sends the next message when the picture of the last one
// is there, so that a slow machine lags by one picture, never by a queue of them.
const PATIENCE = 800; // milliseconds without an answer, then on all the same
let views = 0;

function render({ model, el }) {
  const view = ++views;
  const queue = [];
  const undo = [];
  let serial = 0, waiting = null, timer = null;
  let grip = null; // the place that is being dragged
  let hovered = false;
  let picture = null;

  function say(message) {
    // of drags and hovers that wait, the newest counts
    const last = queue[queue.length - 1];
    const passing = message.phase === 'drag' || message.phase === 'hover';
    if (last && passing && last.phase === message.phase) queue.pop();
    queue.push(message);
    next();
  }

  function next() {
    if (waiting || !queue.length) return;
    waiting = `${view}.${++serial}`;
    model.send({ ...queue.shift(), serial: waiting });
    timer = setTimeout(answered, PATIENCE);
  }

  function answered() {
    clearTimeout(timer);
    waiting = null;
    next();
  }

  function pointOf(event) {
    const image = picture.querySelector('img');
    if (!image) return null;
    const box = image.getBoundingClientRect();
    const scale = Number(image.getAttribute('width')) / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  function placeAt(point) {
    const [x, y] = point || [NaN, NaN];
    return model.get('places').findLast(([, left, top, width, height]) =>
      x >= left && y >= top && x < left + width && y < top + height);
  }

  function press(event) {
    const at = pointOf(event);
    const place = event.button === 0 && placeAt(at);
    if (!place) return;
    event.preventDefault();
    grip = { name: place[0], pointer: event.pointerId };
    hovered = false;
    try { picture.setPointerCapture(event.pointerId); } catch { /* it has gone */ }
    say({ phase: 'press', place: grip.name, at });
  }

  function move(event) {
    const at = pointOf(event);
    if (!at) return;
    if (grip) {
      if (event.pointerId === grip.pointer)
        say({ phase: 'drag', place: grip.name, at });
      return;
    }
    const place = placeAt(at);
    picture.style.cursor = place ? place[5] : '';
    if (event.pointerType === 'touch') return; // a finger does not hover
    if (place && place[6]) {
      hovered = true;
      say({ phase: 'hover', place: place[0], at });
    } else leave();
  }

  function release(event) {
    if (!grip || event.pointerId !== grip.pointer) return;
    say({ phase: 'release', place: grip.name });
    grip = null;
  }

  function leave() {
    if (!hovered) return;
    hovered = false;
    say({ phase: 'leave' });
  }

  function keepThePage(event) {
    // a finger on a place drags it; elsewhere it scrolls the page
    const touch = event.touches[0];
    if (touch && placeAt(pointOf(touch))) event.preventDefault();
  }

  function listen(target, kind, listener, options) {
    target.addEventListener(kind, listener, options);
    undo.push(() => target.removeEventListener(kind, listener, options));
  }

  function attach(tries) {
    const root = el.closest('.course-explorer');
    picture = root && root.querySelector('.course-explorer-picture');
    if (!picture) {
      if (tries) timer = setTimeout(() => attach(tries - 1), 50);
      return;
    }
    listen(picture, 'pointerdown', press);
    listen(picture, 'pointermove', move);
    listen(picture, 'pointerup', release);
    listen(picture, 'pointercancel', release);
    listen(picture, 'pointerleave', () => { if (!grip) leave(); });
    listen(picture, 'touchstart', keepThePage, { passive: false });
    listen(picture, 'dragstart', (event) => event.preventDefault());
    root.setAttribute('data-touch', 'ready');
  }

  const onMessage = (message) => {
    if (message && message.drawn === waiting) requestAnimationFrame(answered);
  };
  model.on('msg:custom', onMessage);
  attach(200);
  return () => {
    model.off('msg:custom', onMessage);
    clearTimeout(timer);
    undo.forEach((take) => take());
  };
}

export default { render };

//! Where the zones of the plan stand on paper and how the flows between them run.
//!
//! Zones stand in three columns: those that mostly ask on the left, those that talk to most others in the
//! middle, those that mostly answer (and the outside) on the right. Within the columns they are ordered so
//! that few flows cross. Pure geometry in millimetres; the same input gives the same picture.

use serde::Serialize;

/// Width of the picture.
const WIDTH: f64 = 170.0;
const BOX_WIDTH: f64 = 41.0;
const BOX_HEIGHT: f64 = 15.0;
/// From the top of one box to the top of the next in its column.
const PITCH: f64 = 23.0;
const COLUMNS: usize = 3;
/// How far an arrow head reaches.
const HEAD: f64 = 2.2;

/// Flows between two nodes, in one or both directions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Link {
    /// Index of one node.
    pub(crate) a: usize,
    /// Index of the other; differs from `a`.
    pub(crate) b: usize,
    /// True when `a` may ask `b`.
    pub(crate) forward: bool,
    /// True when `b` may ask `a`.
    pub(crate) backward: bool,
}

/// A place on paper, from the top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// One flow as it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Path {
    /// Where it starts.
    pub(crate) start: Point,
    /// Cubic curves one after another: two control points and the end.
    pub(crate) curves: Vec<[Point; 3]>,
    /// Arrow heads as triangles.
    pub(crate) heads: Vec<[Point; 3]>,
    /// Where its number stands.
    pub(crate) badge: Point,
}

/// The picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Picture {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) box_width: f64,
    pub(crate) box_height: f64,
    /// The top left corner of each node's box.
    pub(crate) boxes: Vec<Point>,
    /// One path a link, in their order.
    pub(crate) paths: Vec<Path>,
}

/// Places `nodes` boxes and draws `links`; `outside` names the node that must stand on the right.
pub(crate) fn draw(nodes: usize, links: &[Link], outside: Option<usize>) -> Picture {
    let mut columns = assign(nodes, links, outside);
    untangle(&mut columns, links);
    let spots = Spots::of(&columns, nodes);
    let paths = route(&spots, links);
    let mut picture = Picture {
        width: WIDTH,
        height: spots.height,
        box_width: BOX_WIDTH,
        box_height: BOX_HEIGHT,
        boxes: spots.corners,
        paths,
    };
    crop(&mut picture);
    picture
}

/// Takes the room off the top and bottom that no flow needed.
fn crop(picture: &mut Picture) {
    const MARGIN: f64 = 1.0;
    let mut top = f64::INFINITY;
    let mut bottom = f64::NEG_INFINITY;
    for corner in &picture.boxes {
        top = top.min(corner.y);
        bottom = bottom.max(corner.y + picture.box_height);
    }
    for point in picture.paths.iter().flat_map(|path| path.curves.iter().flatten()) {
        top = top.min(point.y);
        bottom = bottom.max(point.y);
    }
    if top > bottom {
        return;
    }
    let shift = MARGIN - top;
    picture.height = bottom - top + 2.0 * MARGIN;
    let points = picture.paths.iter_mut().flat_map(|path| {
        let curves = path.curves.iter_mut().flatten().chain(path.heads.iter_mut().flatten());
        curves.chain([&mut path.start, &mut path.badge])
    });
    points.chain(&mut picture.boxes).for_each(|point| point.y += shift);
}

type Columns = [Vec<usize>; COLUMNS];

fn assign(nodes: usize, links: &[Link], outside: Option<usize>) -> Columns {
    let mut neighbours = vec![0usize; nodes];
    let mut asks = vec![0isize; nodes];
    for link in links {
        for (node, out, back) in
            [(link.a, link.forward, link.backward), (link.b, link.backward, link.forward)]
        {
            if let (Some(count), Some(balance)) = (neighbours.get_mut(node), asks.get_mut(node)) {
                *count += 1;
                *balance += isize::from(out) - isize::from(back);
            }
        }
    }
    let mut columns: Columns = [const { Vec::new() }; COLUMNS];
    let [left, middle, right] = &mut columns;
    right.extend(outside);
    let mut rest: Vec<usize> = (0..nodes).filter(|node| Some(*node) != outside).collect();
    rest.sort_by_key(|node| (std::cmp::Reverse(neighbours.get(*node).copied()), *node));
    let hubs = match nodes {
        0..=2 => usize::from(nodes == 1),
        _ => nodes / 3,
    };
    middle.extend(rest.iter().copied().take(hubs));
    let mut sides: Vec<usize> = rest.into_iter().skip(hubs).collect();
    sides.sort_by_key(|node| (std::cmp::Reverse(asks.get(*node).copied()), *node));
    let on_left = (sides.len() + right.len()).div_ceil(2).min(sides.len());
    left.extend(sides.iter().copied().take(on_left));
    right.extend(sides.iter().copied().skip(on_left));
    columns
}

/// Swaps nodes within columns while that makes the picture calmer.
fn untangle(columns: &mut Columns, links: &[Link]) {
    const ROUNDS_MAX: usize = 40;
    let mut best = cost(columns, links);
    for _ in 0..ROUNDS_MAX {
        let mut better = false;
        for column in 0..COLUMNS {
            let size = columns.get(column).map_or(0, Vec::len);
            for (upper, lower) in (0..size).flat_map(|u| (u + 1..size).map(move |l| (u, l))) {
                swap(columns, column, upper, lower);
                let now = cost(columns, links);
                if now + 1e-9 < best {
                    best = now;
                    better = true;
                } else {
                    swap(columns, column, upper, lower);
                }
            }
        }
        if !better {
            return;
        }
    }
}

fn swap(columns: &mut Columns, column: usize, upper: usize, lower: usize) {
    if let Some(column) = columns.get_mut(column) {
        column.swap(upper, lower);
    }
}

/// Crossings weigh most, then length, then flows that pass boxes of their own column.
fn cost(columns: &Columns, links: &[Link]) -> f64 {
    let lines: Vec<(Point, Point)> =
        links.iter().filter_map(|link| Some((centre(columns, link.a)?, centre(columns, link.b)?))).collect();
    let mut cost = 0.0;
    for (at, (a, b)) in lines.iter().enumerate() {
        cost += (a.y - b.y).abs();
        if a.x == b.x {
            cost += 3.0 * ((a.y - b.y).abs() - 1.0);
        }
        cost += 4.0 * lines.iter().skip(at + 1).filter(|(c, d)| cross(*a, *b, *c, *d)).count() as f64;
    }
    cost
}

/// The place of a node in units of columns and rows, columns centred.
fn centre(columns: &Columns, node: usize) -> Option<Point> {
    columns.iter().enumerate().find_map(|(column, nodes)| {
        let row = nodes.iter().position(|other| *other == node)?;
        Some(Point { x: column as f64, y: row as f64 - nodes.len() as f64 / 2.0 })
    })
}

fn cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

struct Spots {
    height: f64,
    /// Column of each node.
    column: Vec<usize>,
    corners: Vec<Point>,
    /// Heights at which a flow may pass through the middle column.
    gaps: Vec<f64>,
}

impl Spots {
    fn of(columns: &Columns, nodes: usize) -> Spots {
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0).max(1) as f64;
        let gap = PITCH - BOX_HEIGHT;
        // Room above and below for flows that pass the middle column there.
        let height = rows * PITCH + gap;
        let mut column_of = vec![0; nodes];
        let mut corners = vec![Point { x: 0.0, y: 0.0 }; nodes];
        let mut gaps = Vec::new();
        for (column, members) in columns.iter().enumerate() {
            let x = column as f64 * (WIDTH - BOX_WIDTH) / (COLUMNS - 1) as f64;
            let top = (height - (members.len() as f64 * PITCH - gap)) / 2.0;
            if column == 1 {
                gaps = (0..=members.len()).map(|row| top + row as f64 * PITCH - gap / 2.0).collect();
            }
            for (row, node) in members.iter().enumerate() {
                if let (Some(corner), Some(of)) = (corners.get_mut(*node), column_of.get_mut(*node)) {
                    *corner = Point { x, y: top + row as f64 * PITCH };
                    *of = column;
                }
            }
        }
        Spots { height, column: column_of, corners, gaps }
    }

    fn column(&self, node: usize) -> usize {
        self.column.get(node).copied().unwrap_or(0)
    }

    fn corner(&self, node: usize) -> Point {
        self.corners.get(node).copied().unwrap_or(Point { x: 0.0, y: 0.0 })
    }

    fn middle(&self, node: usize) -> f64 {
        self.corner(node).y + BOX_HEIGHT / 2.0
    }
}

/// One end of a link at a side of a box.
struct Port {
    link: usize,
    node: usize,
    /// False: the box's left side.
    right: bool,
    /// The height of the other end, by which ports are put in order.
    towards: f64,
}

fn route(spots: &Spots, links: &[Link]) -> Vec<Path> {
    let heights = port_heights(spots, links);
    let mut lanes = vec![0usize; spots.gaps.len()];
    let mut badges: Vec<Point> = Vec::new();
    let mut paths = Vec::new();
    for (index, link) in links.iter().enumerate() {
        let (from, to) = if spots.column(link.a) <= spots.column(link.b) {
            ((link.a, link.backward), (link.b, link.forward))
        } else {
            ((link.b, link.forward), (link.a, link.backward))
        };
        let height = |node: usize| {
            let found = heights.iter().find(|(at, of, _)| *at == index && *of == node);
            found.map_or_else(|| spots.middle(node), |(_, _, y)| *y)
        };
        let same = spots.column(from.0) == spots.column(to.0);
        // Beside the last column there is no room but on its left.
        let last = same && spots.column(from.0) + 1 == COLUMNS;
        let start_x = spots.corner(from.0).x + if last { 0.0 } else { BOX_WIDTH };
        let start = Point { x: start_x, y: height(from.0) };
        let end_x = spots.corner(to.0).x + if same && !last { BOX_WIDTH } else { 0.0 };
        let end = Point { x: end_x, y: height(to.0) };
        let skips = spots.column(to.0) - spots.column(from.0) > 1;
        let curves = match (same, skips) {
            (true, _) => vec![bow(start, end, if last { -1.0 } else { 1.0 })],
            (false, false) => vec![ease(start, end)],
            (false, true) => pass(spots, &mut lanes, start, end),
        };
        let heads = [
            (from.1, start, if last { -1.0 } else { 1.0 }),
            (to.1, end, if same && !last { 1.0 } else { -1.0 }),
        ];
        let heads = heads.into_iter().filter(|(shown, ..)| *shown).map(|(_, tip, away)| head(tip, away));
        let badge = place_badge(start, &curves, &badges);
        badges.push(badge);
        paths.push(Path { start, heads: heads.collect(), curves, badge });
    }
    paths
}

/// Spreads the ends of links over the sides of their boxes, so that they do not lie on one another.
fn port_heights(spots: &Spots, links: &[Link]) -> Vec<(usize, usize, f64)> {
    let mut ports = Vec::new();
    for (link, ends) in links.iter().enumerate() {
        for (node, other) in [(ends.a, ends.b), (ends.b, ends.a)] {
            let right = match spots.column(other).cmp(&spots.column(node)) {
                std::cmp::Ordering::Equal => spots.column(node) + 1 < COLUMNS,
                order => order.is_gt(),
            };
            ports.push(Port { link, node, right, towards: spots.middle(other) });
        }
    }
    ports.sort_by(|p, q| {
        let key = |port: &Port| (port.node, port.right);
        key(p).cmp(&key(q)).then(p.towards.total_cmp(&q.towards)).then(p.link.cmp(&q.link))
    });
    let mut heights = Vec::new();
    for side in ports.chunk_by(|p, q| (p.node, p.right) == (q.node, q.right)) {
        let step = ((BOX_HEIGHT - 3.0) / side.len() as f64).min(3.5);
        for (at, port) in side.iter().enumerate() {
            let offset = (at as f64 - (side.len() - 1) as f64 / 2.0) * step;
            heights.push((port.link, port.node, spots.middle(port.node) + offset));
        }
    }
    heights
}

/// Between neighbouring columns: leaves and arrives level.
fn ease(start: Point, end: Point) -> [Point; 3] {
    let half = (end.x - start.x) / 2.0;
    [Point { x: start.x + half, y: start.y }, Point { x: end.x - half, y: end.y }, end]
}

/// Within a column: out to one side (1 or -1) and back, wider the further.
fn bow(start: Point, end: Point, side: f64) -> [Point; 3] {
    let reach = side * (6.0 + (end.y - start.y).abs() / 6.0).min(22.0);
    [Point { x: start.x + reach, y: start.y }, Point { x: end.x + reach, y: end.y }, end]
}

/// From the left to the right column through the nearest gap of the middle one.
fn pass(spots: &Spots, lanes: &mut [usize], start: Point, end: Point) -> Vec<[Point; 3]> {
    let wanted = (start.y + end.y) / 2.0;
    let nearest = spots
        .gaps
        .iter()
        .zip(lanes.iter())
        // A gap that is taken three times is as bad as one a row away.
        .map(|(y, taken)| (y - wanted).abs() + *taken as f64 * PITCH / 3.0)
        .enumerate()
        .min_by(|(_, p), (_, q)| p.total_cmp(q))
        .map_or(0, |(gap, _)| gap);
    let taken = lanes.get(nearest).copied().unwrap_or(0);
    if let Some(lane) = lanes.get_mut(nearest) {
        *lane += 1;
    }
    // 0, +1.4, −1.4, +2.8 … millimetres from the middle of the gap, and never into a box.
    let step = (taken.div_ceil(2) as f64 * 1.4).min((PITCH - BOX_HEIGHT) / 2.0 - 0.8);
    let y = spots.gaps.get(nearest).copied().unwrap_or(wanted) + if taken % 2 == 1 { step } else { -step };
    let left = (WIDTH - BOX_WIDTH) / 2.0 - 1.0;
    let enter = Point { x: left, y };
    let leave = Point { x: left + BOX_WIDTH + 2.0, y };
    vec![ease(start, enter), ease(enter, leave), ease(leave, end)]
}

fn head(tip: Point, away: f64) -> [Point; 3] {
    let back = tip.x + away * HEAD;
    [tip, Point { x: back, y: tip.y - HEAD / 2.4 }, Point { x: back, y: tip.y + HEAD / 2.4 }]
}

/// The place along the first or last curve that is furthest from the numbers already there.
fn place_badge(start: Point, curves: &[[Point; 3]], badges: &[Point]) -> Point {
    const ROOM: f64 = 5.0;
    const ALONG: [f64; 9] = [0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.22, 0.78];
    let mut from = start;
    let mut candidates = Vec::new();
    for (at, curve) in curves.iter().enumerate() {
        if at == 0 || at + 1 == curves.len() {
            candidates.extend(ALONG.iter().map(|t| along(from, curve, *t)));
        }
        from = curve[2];
    }
    let free = |spot: &Point| {
        let distances = badges.iter().map(|badge| (badge.x - spot.x).hypot(badge.y - spot.y));
        distances.fold(f64::INFINITY, f64::min)
    };
    let first = candidates.iter().find(|spot| free(spot) >= ROOM);
    let widest = candidates.iter().max_by(|p, q| free(p).total_cmp(&free(q)));
    first.or(widest).copied().unwrap_or(start)
}

fn along(start: Point, curve: &[Point; 3], t: f64) -> Point {
    let u = 1.0 - t;
    let mix = |p: f64, q: f64, r: f64, s: f64| {
        u * u * u * p + 3.0 * u * u * t * q + 3.0 * u * t * t * r + t * t * t * s
    };
    let [q, r, s] = curve;
    Point { x: mix(start.x, q.x, r.x, s.x), y: mix(start.y, q.y, r.y, s.y) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links(nodes: usize) -> impl Strategy<Value = Vec<Link>> {
        proptest::collection::vec((0..nodes, 0..nodes, any::<bool>(), any::<bool>()), 0..40).prop_map(|raw| {
            let raw = raw.into_iter().filter(|(a, b, ..)| a != b);
            raw.map(|(a, b, forward, backward)| Link { a, b, forward, backward }).collect()
        })
    }

    proptest! {
        #[test]
        fn boxes_never_overlap_and_all_is_on_the_page(
            (nodes, links) in (0usize..17).prop_flat_map(|nodes| (Just(nodes), links(nodes.max(1)))),
        ) {
            let links: Vec<Link> = links.into_iter().filter(|link| link.a < nodes && link.b < nodes).collect();
            let picture = draw(nodes, &links, nodes.checked_sub(1));
            prop_assert_eq!(picture.boxes.len(), nodes);
            prop_assert_eq!(picture.paths.len(), links.len());
            for (at, a) in picture.boxes.iter().enumerate() {
                prop_assert!(a.x >= 0.0 && a.x + BOX_WIDTH <= WIDTH + 1e-9);
                prop_assert!(a.y >= 0.0 && a.y + BOX_HEIGHT <= picture.height);
                for b in &picture.boxes[at + 1..] {
                    prop_assert!((a.x - b.x).abs() >= BOX_WIDTH || (a.y - b.y).abs() >= BOX_HEIGHT);
                }
            }
            for path in &picture.paths {
                for point in path.curves.iter().flatten().chain(path.heads.iter().flatten()) {
                    prop_assert!((-1e-9..=WIDTH + 1e-9).contains(&point.x), "{:?}", point);
                    prop_assert!((0.0..=picture.height).contains(&point.y), "{:?}", point);
                }
            }
            prop_assert_eq!(draw(nodes, &links, nodes.checked_sub(1)), picture);
        }

        #[test]
        fn flows_cross_no_box_of_another_zone(
            (nodes, links) in (3usize..16).prop_flat_map(|nodes| (Just(nodes), links(nodes))),
        ) {
            let picture = draw(nodes, &links, None);
            for (link, path) in links.iter().zip(&picture.paths) {
                let mut from = path.start;
                for curve in &path.curves {
                    for t in [0.1, 0.3, 0.5, 0.7, 0.9] {
                        let point = along(from, curve, t);
                        for (node, corner) in picture.boxes.iter().enumerate() {
                            let inside = point.x > corner.x + 0.1 && point.x < corner.x + BOX_WIDTH - 0.1
                                && point.y > corner.y + 0.1 && point.y < corner.y + BOX_HEIGHT - 0.1;
                            prop_assert!(!inside, "{:?} runs over node {}", link, node);
                        }
                    }
                    from = curve[2];
                }
            }
        }
    }

    #[test]
    fn a_star_has_its_hub_in_the_middle_and_the_outside_on_the_right() {
        let spokes: Vec<Link> =
            [0, 1, 3, 4].map(|a| Link { a, b: 2, forward: true, backward: false }).to_vec();
        let picture = draw(5, &spokes, Some(4));
        assert!((picture.boxes[2].x - (WIDTH - BOX_WIDTH) / 2.0).abs() < 1e-9);
        assert!((picture.boxes[4].x - (WIDTH - BOX_WIDTH)).abs() < 1e-9);
        assert!(picture.paths.iter().all(|path| path.heads.len() == 1));
    }
}

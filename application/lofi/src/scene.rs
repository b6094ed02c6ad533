//! A room at night: rain at the window, a cat that watches it, a lamp, and a record that turns.
//!
//! Everything moves in circles of `FRAMES` pictures, so the last one leads into the first.

mod canvas;

use std::ops::Range;

pub(crate) use canvas::{Canvas, Color, HEIGHT, WIDTH};

/// How many pictures there are before it begins again.
pub(crate) const FRAMES: i32 = 24;

const INK: Color = Color(0x0d_0b1a);
const WALL: Color = Color(0x24_1b35);
const WALL_LIT: Color = Color(0x3d_2b4d);
const SKY: Color = Color(0x14_1a3a);
const SKY_LOW: Color = Color(0x2b_3468);
const RAIN_FAR: Color = Color(0x42_5594);
const RAIN_NEAR: Color = Color(0x7f_9ad6);
const WOOD_DARK: Color = Color(0x3b_2230);
const WOOD: Color = Color(0x5c_3440);
const WOOD_LIT: Color = Color(0x8c_5650);
const LAMP: Color = Color(0xff_d98a);
const GLOW: Color = Color(0xd9_9355);
const CREAM: Color = Color(0xf4_e6c8);
const RED: Color = Color(0xb8_455a);
const GREEN: Color = Color(0x4d_7c5a);

/// The glass of the window.
const GLASS: (Range<i32>, Range<i32>) = (14..90, 9..62);

/// 64 times the sine of 0, 15, 30 … degrees.
const SINE: [i32; 24] =
    [0, 17, 32, 45, 55, 62, 64, 62, 55, 45, 32, 17, 0, -17, -32, -45, -55, -62, -64, -62, -55, -45, -32, -17];

const CAT: [&str; 17] = [
    "  #      #  ",
    "  ##    ##  ",
    "  ########  ",
    " ########## ",
    " ########## ",
    " ########## ",
    "  ########  ",
    "   ######   ",
    "  ########  ",
    " ########## ",
    " ########## ",
    "############",
    "############",
    "############",
    "############",
    "############",
    " ########## ",
];

const NOTE: [&str; 6] = ["  ## ", "  # #", "  #  ", "###  ", "###  ", " #   "];

const MUG: [&str; 9] = [
    " ******** ",
    "*++++++++*",
    "**********##",
    "**********  #",
    "**oooooo**  #",
    "**oooooo**  #",
    "**********##",
    "********** ",
    " ******** ",
];

const PLANT: [&str; 20] = [
    "     #       ",
    "  #  ##   #  ",
    "  ## ##  ##  ",
    "   ## # ##   ",
    "#   # # #  ##",
    "###  ###  ## ",
    "  ## ### ##  ",
    "   #######   ",
    "##  #####  ##",
    " ## ##### ## ",
    "  #########  ",
    "    #####    ",
    "     ###     ",
    "  oooooooooo ",
    "  oooooooooo ",
    "  .oooooooo. ",
    "   oooooooo  ",
    "   oooooooo  ",
    "   .oooooo.  ",
    "    oooooo   ",
];

/// All pictures, in order.
pub(crate) fn frames() -> Vec<Canvas> {
    let mut room = Canvas::new(WALL);
    wall(&mut room);
    view(&mut room);
    (0..FRAMES)
        .map(|time| {
            let mut frame = room.clone();
            city_lights(&mut frame, time);
            rain(&mut frame, time);
            window_frame(&mut frame);
            cat(&mut frame, time);
            desk(&mut frame);
            record_player(&mut frame, time);
            mug(&mut frame, time);
            frame
        })
        .collect()
}

/// The same for the same `seed`, and without an order that an eye could see.
fn scattered(seed: i32) -> i32 {
    let mixed = seed.wrapping_mul(0x2545_f491) ^ 0x5bd1_e995;
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0x1b87_3593);
    (mixed ^ (mixed >> 16)) & 0x7fff
}

/// 64 times the sine of a time or an angle, of which 24 are a circle.
fn sine(angle: i32) -> i32 {
    let index = usize::try_from(angle.rem_euclid(24)).unwrap_or_default();
    SINE.get(index).copied().unwrap_or_default()
}

/// The wall in the light of the lamp, and a shelf of books.
fn wall(canvas: &mut Canvas) {
    let away = |x: i32, y: i32| (x - 124).pow(2) + (y - 56).pow(2);
    canvas.shade(0..160, 0..100, WALL_LIT, |x, y| 20 - away(x, y) / 130);

    let mut x = 104;
    for book in 0..11 {
        let (width, height) = (2 + scattered(book) % 3, 9 + scattered(book + 40) % 5);
        let color = [RED, GREEN, WOOD_LIT, RAIN_FAR, GLOW][usize::try_from(book % 5).unwrap_or_default()];
        canvas.rectangle(x..x + width, 24 - height..24, color);
        canvas.rectangle(x..x + width, 26 - height..27 - height, WOOD_DARK);
        x += width + scattered(book + 80) % 2;
    }
    canvas.rectangle(100..154, 24..26, WOOD_LIT);
    canvas.rectangle(100..154, 26..27, WOOD_DARK);
    for bracket in [106, 146] {
        canvas.rectangle(bracket..bracket + 2, 27..30, WOOD_DARK);
    }
}

/// What stands still behind the glass: sky, moon and houses.
fn view(canvas: &mut Canvas) {
    let (x, y) = GLASS;
    canvas.rectangle(x.clone(), y.clone(), SKY);
    canvas.shade(x, y, SKY_LOW, |_, y| (y - 18) / 2);
    canvas.ellipse((30, 22), (6, 6), CREAM);
    canvas.ellipse((33, 20), (5, 5), SKY);
    for (left, right, top) in HOUSES {
        canvas.rectangle(left..right, top..62, INK);
    }
    canvas.rectangle(24..25, 35..40, INK);
    canvas.rectangle(64..65, 26..32, INK);
}

/// Left, right and top of each house.
const HOUSES: [(i32, i32, i32); 8] =
    [(14, 21, 48), (21, 30, 40), (32, 42, 45), (42, 52, 36), (54, 60, 43), (60, 70, 32), (70, 86, 58), (86, 90, 50)];

/// Windows of other people. Now and then one of them goes to bed, or cannot sleep.
fn city_lights(canvas: &mut Canvas, time: i32) {
    for (left, right, top) in HOUSES {
        for y in (top + 2..60).step_by(4) {
            for x in (left + 1..right - 1).step_by(3) {
                let seed = scattered(x * 64 + y);
                let awake = if seed % 11 == 0 { (time + seed) % FRAMES < 14 } else { seed % 5 < 2 };
                if awake {
                    canvas.rectangle(x..x + 1, y..y + 2, if seed % 3 == 0 { LAMP } else { GLOW });
                }
            }
        }
    }
    // The light on the mast of the highest house.
    if time % 12 < 6 {
        canvas.set(64, 26, RED);
    }
}

/// Far and near rain, and drops that run down the glass.
fn rain(canvas: &mut Canvas, time: i32) {
    for drop in 0..70 {
        // Speed times FRAMES is the height of the fall: each drop is back where it was when the pictures begin again.
        let (speed, length, color) = if drop % 3 == 0 { (5, 4, RAIN_NEAR) } else { (3, 2, RAIN_FAR) };
        let fallen = (scattered(drop) + time * speed) % (speed * FRAMES);
        let left = GLASS.0.start + scattered(drop + 500) % (GLASS.0.end - GLASS.0.start + 20);
        for y in fallen..fallen + length {
            let x = left - y / 4;
            if GLASS.0.contains(&x) && GLASS.1.contains(&(y + GLASS.1.start)) {
                canvas.set(x, y + GLASS.1.start, color);
            }
        }
    }
    for (x, y, start) in [(20, 14, 3), (47, 26, 11), (58, 12, 19), (84, 20, 7)] {
        let run = (time + start) % FRAMES;
        canvas.rectangle(x..x + 1, y + run * run / 24 - 2..y + run * run / 24, RAIN_FAR);
        canvas.set(x, y + run * run / 24, RAIN_NEAR);
    }
}

/// The wood around the glass, and the sill.
fn window_frame(canvas: &mut Canvas) {
    let (x, y) = GLASS;
    for (bar_x, bar_y) in [
        (x.start - 3..x.end + 3, y.start - 3..y.start),
        (x.start - 3..x.start, y.clone()),
        (x.end..x.end + 3, y.clone()),
        (51..53, y.clone()),
        (x.clone(), 33..34),
    ] {
        canvas.rectangle(bar_x, bar_y, WOOD_DARK);
    }
    canvas.rectangle(x.end + 2..x.end + 3, y.start - 3..y.end, WOOD);
    canvas.rectangle(x.start - 6..x.end + 6, y.end..y.end + 1, WOOD_LIT);
    canvas.rectangle(x.start - 6..x.end + 6, y.end + 1..y.end + 4, WOOD);
    canvas.rectangle(x.start - 4..x.end + 4, y.end + 4..y.end + 5, INK);
}

/// A cat on the sill. Its tail swings, and once in a while an ear does.
fn cat(canvas: &mut Canvas, time: i32) {
    canvas.sprite((72, 46), &CAT, &[('#', INK)]);
    // The side that the lamp lights.
    canvas.rectangle(84..85, 57..62, WALL_LIT);
    if (16..18).contains(&time) {
        canvas.set(74, 46, SKY_LOW);
    }
    for length in 0..14 {
        let x = 82 + length / 5 + sine(time + length) * length / 350;
        canvas.rectangle(x..x + 2, 61 + length..62 + length, INK);
    }
}

/// The desk, the lamp and its light, and a plant.
fn desk(canvas: &mut Canvas) {
    canvas.rectangle(0..160, 83..84, WOOD_LIT);
    canvas.rectangle(0..160, 84..100, WOOD);
    canvas.rectangle(0..160, 88..89, WOOD_DARK);
    for drawer in [8, 58, 108] {
        canvas.rectangle(drawer..drawer + 44, 91..92, WOOD_DARK);
        canvas.rectangle(drawer..drawer + 1, 91..100, WOOD_DARK);
        canvas.rectangle(drawer + 43..drawer + 44, 91..100, WOOD_DARK);
        canvas.rectangle(drawer + 18..drawer + 26, 95..97, GLOW);
    }
    // Light falls out of the shade, less the farther it has come.
    canvas.shade(100..150, 55..83, GLOW, |x, y| {
        let below = y - 55;
        if (x - 124).abs() < 8 + below / 2 { 6 - below / 6 } else { 0 }
    });
    canvas.rectangle(104..144, 83..84, LAMP);
    for (row, y) in (40..55).enumerate() {
        let half = 6 + i32::try_from(row).unwrap_or_default() / 2;
        canvas.rectangle(124 - half..124 + half, y..y + 1, if y > 50 { LAMP } else { GLOW });
    }
    canvas.shade(119..129, 44..51, LAMP, |_, y| (y - 42) * 2);
    canvas.rectangle(123..125, 55..80, WOOD_DARK);
    canvas.rectangle(117..131, 80..83, WOOD_DARK);
    canvas.sprite((144, 63), &PLANT, &[('#', GREEN), ('o', RED), ('.', WOOD_DARK)]);
}

/// A record on its player, and what comes out of it.
fn record_player(canvas: &mut Canvas, time: i32) {
    canvas.rectangle(16..66, 71..83, WOOD_DARK);
    canvas.rectangle(16..66, 71..72, WOOD_LIT);
    canvas.rectangle(16..66, 77..78, INK);
    for knob in [20, 25] {
        canvas.rectangle(knob..knob + 2, 79..81, CREAM);
    }
    canvas.rectangle(52..62, 79..81, if time % 8 < 4 { GLOW } else { RED });
    canvas.ellipse((38, 71), (19, 4), INK);
    // Two gleams on the grooves, half a turn apart.
    for angle in [time, time + 12] {
        for (radius, shine) in [(16, RAIN_FAR), (13, WALL_LIT), (10, RAIN_FAR)] {
            canvas.set(38 + sine(angle + 6) * radius / 64, 71 + sine(angle) * radius / 64 / 5, shine);
            canvas.set(38 + sine(angle + 7) * radius / 64, 71 + sine(angle + 1) * radius / 64 / 5, shine);
        }
    }
    canvas.ellipse((38, 71), (5, 1), RED);
    canvas.set(38 + sine(time + 6) / 20, 71, CREAM);
    canvas.set(38, 71, CREAM);
    // The arm.
    canvas.rectangle(60..63, 68..72, CREAM);
    for step in 0..10 {
        canvas.set(60 - step, 69 + step / 5, CREAM);
    }
    for (start, x) in [(0, 22), (8, 47), (16, 33)] {
        let age = (time + start) % FRAMES;
        let color = if age < 15 { CREAM } else { RAIN_NEAR };
        if age < 20 {
            canvas.sprite((x + sine(age * 2) / 24, 63 - age * 2), &NOTE, &[('#', color)]);
        }
    }
}

/// A mug of something hot.
fn mug(canvas: &mut Canvas, time: i32) {
    canvas.sprite((88, 74), &MUG, &[('*', CREAM), ('#', CREAM), ('+', WOOD_DARK), ('o', RED)]);
    for height in 0..11 {
        let x = 92 + sine(time * 2 - height * 3) * height / 400;
        if (height + time) % 6 < 4 {
            canvas.set(x, 72 - height, if height < 5 { CREAM } else { RAIN_FAR });
        }
        if (height - time).rem_euclid(8) < 4 {
            canvas.set(x + 3, 73 - height, RAIN_FAR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_differs_from_the_one_before_it_and_the_first_from_the_last() {
        let frames = frames();
        for (index, frame) in frames.iter().enumerate() {
            assert!(*frame != frames[(index + 1) % frames.len()], "{index}");
        }
    }

    #[test]
    fn what_moves_is_back_where_it_was_when_the_pictures_begin_again() {
        for moving in [city_lights, rain, cat, record_player, mug] {
            let [mut first, mut after] = [Canvas::new(WALL), Canvas::new(WALL)];
            moving(&mut first, 0);
            moving(&mut after, FRAMES);
            assert!(first == after);
        }
    }
}

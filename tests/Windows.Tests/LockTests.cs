using Reflinks.Platform;
using Reflinks.Platform.Windows;

namespace Windows.Tests;

public sealed unsafe class LockTests : IDisposable
{
    readonly Place place = new();
    readonly int one, two;

    public LockTests()
    {
        place.Write("lock", "text");
        (one, two) = (place.Open("lock", Kernel.O_RDWR), place.Open("lock", Kernel.O_RDONLY));
    }

    public void Dispose()
    {
        Place.Close(one);
        Place.Close(two);
        place.Dispose();
    }

    [Fact]
    public void One_holds_it_alone_until_it_is_given_back()
    {
        Place.Must(WindowsKernel.flock(one, Kernel.LOCK_EX), "lock");

        Assert.Equal((-1, Errno.EAGAIN), (WindowsKernel.flock(two, Kernel.LOCK_SH | Kernel.LOCK_NB), Place.Last));
        Assert.Equal("text", Place.Get(two, 0, 10));
        Assert.Equal(1, Place.Put(one, "T", 0));
        Assert.Equal(0, WindowsKernel.flock(one, Kernel.LOCK_UN));
        Assert.Equal(0, WindowsKernel.flock(two, Kernel.LOCK_EX | Kernel.LOCK_NB));
        Assert.Equal(0, WindowsKernel.flock(two, Kernel.LOCK_UN));
        Assert.Equal(0, WindowsKernel.flock(two, Kernel.LOCK_UN));
    }

    [Fact]
    public void Two_share_it_and_neither_gets_it_alone()
    {
        Assert.Equal((0, 0), (WindowsKernel.flock(one, Kernel.LOCK_SH), WindowsKernel.flock(two, Kernel.LOCK_SH | Kernel.LOCK_NB)));

        Assert.Equal((-1, Errno.EAGAIN), (WindowsKernel.flock(one, Kernel.LOCK_EX | Kernel.LOCK_NB), Place.Last));
    }

    [Fact]
    public void A_lock_that_is_taken_alone_is_shared_afterwards_without_being_held_twice()
    {
        Place.Must(WindowsKernel.flock(one, Kernel.LOCK_EX), "lock");
        Assert.Equal(0, WindowsKernel.flock(one, Kernel.LOCK_SH));

        Assert.Equal(0, WindowsKernel.flock(two, Kernel.LOCK_SH | Kernel.LOCK_NB));
        Assert.Equal(0, WindowsKernel.flock(two, Kernel.LOCK_UN));
        Assert.Equal(0, WindowsKernel.flock(one, Kernel.LOCK_UN));
        Assert.Equal(0, WindowsKernel.flock(two, Kernel.LOCK_EX | Kernel.LOCK_NB));
    }

    [Fact]
    public void A_lock_ends_with_its_handle()
    {
        int third = place.Open("lock", Kernel.O_RDWR);
        Assert.Equal(0, WindowsKernel.flock(third, Kernel.LOCK_EX));
        Place.Close(third);

        Assert.Equal(0, WindowsKernel.flock(two, Kernel.LOCK_EX | Kernel.LOCK_NB));
    }

    [Fact]
    public void A_lock_of_a_range_is_another_one()
    {
        var range = new Kernel.Flock { l_type = Kernel.F_WRLCK };
        Assert.Equal(0, WindowsKernel.fcntl(one, Kernel.F_OFD_SETLK, &range));

        Assert.Equal((-1, Errno.EAGAIN), (WindowsKernel.fcntl(two, Kernel.F_OFD_SETLK, &range), Place.Last));
        Assert.Equal(0, WindowsKernel.flock(two, Kernel.LOCK_EX | Kernel.LOCK_NB));
        range.l_type = 2;
        Assert.Equal(0, WindowsKernel.fcntl(one, Kernel.F_OFD_SETLK, &range));
    }
}
